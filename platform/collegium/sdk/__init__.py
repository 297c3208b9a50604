"""All that a vertical may import of the platform. Import its modules by name; this package imports
nothing.
"""

SDK_VERSION = "1.0"
