"""From a dataset's objects to what a network must see: fingerprints, levels, proposals."""
