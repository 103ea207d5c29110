"""The office's web application for staff: it composes what the stages offer and decides nothing itself."""
