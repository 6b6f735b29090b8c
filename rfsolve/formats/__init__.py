"""Layer graphs in and out of files and of other tools."""

from rfsolve.formats.node_link import from_node_link, to_node_link

__all__ = ["from_node_link", "to_node_link"]
