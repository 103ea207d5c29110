"""What the public pages say, on its way there: proposed by one person, signed by another, named by the keeper."""
