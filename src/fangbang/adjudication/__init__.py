"""Books, rules and history → outcomes with explanations, by two calculators that must agree."""
