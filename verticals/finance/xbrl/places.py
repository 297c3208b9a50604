"""Codes of exchanges, and of the states and provinces in which companies are incorporated (EDGAR's own)."""

EXCHANGES = (
    ("nyse american", "NYSEAMER"),
    ("nyse arca", "NYSEArca"),
    ("new york stock exchange", "NYSE"),
    ("nyse", "NYSE"),
    ("nasdaq", "NASDAQ"),
    ("cboe", "CboeBZX"),
)
_STATES = (
    "alabama AL|alaska AK|arizona AZ|arkansas AR|california CA|colorado CO|connecticut CT|"
    "delaware DE|district of columbia DC|florida FL|georgia GA|hawaii HI|idaho ID|illinois IL|"
    "indiana IN|iowa IA|kansas KS|kentucky KY|louisiana LA|maine ME|maryland MD|"
    "massachusetts MA|michigan MI|minnesota MN|mississippi MS|missouri MO|montana MT|nebraska NE|"
    "nevada NV|new hampshire NH|new jersey NJ|new mexico NM|new york NY|north carolina NC|"
    "north dakota ND|ohio OH|oklahoma OK|oregon OR|pennsylvania PA|puerto rico PR|"
    "rhode island RI|south carolina SC|south dakota SD|tennessee TN|texas TX|utah UT|vermont VT|"
    "virginia VA|washington WA|west virginia WV|wisconsin WI|wyoming WY|alberta AB|"
    "british columbia BC|manitoba MB|new brunswick NB|newfoundland and labrador NL|nova scotia NS|"
    "ontario ON|prince edward island PE|quebec QC|saskatchewan SK|yukon YT"
)
STATES = {name: code for name, _, code in (pair.rpartition(" ") for pair in _STATES.split("|"))}
