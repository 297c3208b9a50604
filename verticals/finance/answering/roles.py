"""What the cells of an answer are called that are not the figure itself."""

ROLES = {
    "movement": {"en": "growth", "zh": "变动率"},
    "change": {"en": "change", "zh": "变动"},
    "average": {"en": "average", "zh": "平均"},
    "sum": {"en": "total", "zh": "合计"},
    "ratio": {"en": "ratio", "zh": "比值"},
}
