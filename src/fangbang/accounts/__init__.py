"""Staff: who they are, what they may do, and the public halves of the keys they sign with."""
