"""The pages of the finance vertical: companies with their figures and statements, and comparisons."""
