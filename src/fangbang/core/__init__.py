"""What every stage stands on: ids, clock, canonical bytes, errors, settings, durable files. A closed list."""
