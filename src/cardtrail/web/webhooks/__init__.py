"""Events delivered to the brand's own systems."""
