"""The benchmark behind `cardtrail bench`: one module for each work, and what they share."""
