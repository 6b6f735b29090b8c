"""What people and programs are shown: tables and documents, rendered from result objects only."""
