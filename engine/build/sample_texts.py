"""Texts on which a quantised encoder is compared with the exact one before it is accepted."""

SENTENCES = (
    "What was the revenue in fiscal 2023?",
    "gross margin",
    "Which patients must not take metformin?",
    "Net sales rose 9% to $4.2 billion, driven by services and partly offset by foreign exchange.",
    "The Company repurchased 12.4 million shares at an average price of $61.05 during the quarter.",
    "Cash and cash equivalents at the end of the year were 1,204 and 987, in thousands of euros.",
    "Item 7. Management's discussion and analysis of financial condition and results of operations",
    "A diluted loss per share of (0.37) compares with earnings of 0.12 a year earlier.",
    "The board declared a dividend of ten cents per share, payable to holders of record in March.",
    "Start with 500 mg once daily with the evening meal; check renal function every six months.",
    "The patient denies chest pain, has a history of hypertension, and takes lisinopril 10 mg.",
    "ICD-10 E11.9: type 2 diabetes mellitus without complications.",
    "Segments: Industrial | 2,310 | 2,105 | +9.7% ; Consumer | 1,120 | 1,190 | -5.9%",
    "See note 14 to the consolidated financial statements for the maturity of long-term debt.",
    "公司本年度营业收入为人民币四十二亿元,同比增长百分之九。",
    "糖尿病患者应定期监测血糖和肾功能。",
    "http://example.org/filings/10-k/2023?page=17#table-3",
    "e.g. EBITDA, FFO; R&D (in-process) -- n/a",
)

# The sentences alone, and long passages made of them, the last beyond the longest input.
SAMPLE_TEXTS = (
    *SENTENCES,
    " ".join(SENTENCES[3:9]),
    " ".join(SENTENCES[9:14]),
    " ".join(SENTENCES[:14]),
    " ".join(reversed(SENTENCES)),
)
