"""Design spaces and problems: what may be chosen, what must hold."""
