"""Changes of the exam catalogue: proposed by one person, put in force by another."""
