"""The catalogue: exams, levels, subjects, categories, windows, lines, codes: dated, sourced data."""
