"""Tests of handing cards back."""
