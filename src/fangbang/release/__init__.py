"""From an adjudicated run to a published result: gate, frozen report, approvals, states."""
