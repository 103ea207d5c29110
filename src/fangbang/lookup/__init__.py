"""The anonymous public query: a process that holds ciphertext until T and answers from it afterwards. No Django."""
