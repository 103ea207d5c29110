"""What is shipped for machines: units, scripts, proxies."""
