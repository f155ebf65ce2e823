"""Cards go back to the brand: bought back for money, or taken for points."""
