"""Report → `report.md`, `report.html`, statistics and differences."""
