"""The keeper: seals what two approvers signed, holds the release keys until T, posts them on the board. No Django."""
