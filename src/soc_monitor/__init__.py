"""soc-monitor: the carbon in the world's soils, watched in near real time."""
