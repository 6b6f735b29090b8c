"""From the operations of other tools to layers of ours: tensors of any layout over nodes with channels and axes."""
