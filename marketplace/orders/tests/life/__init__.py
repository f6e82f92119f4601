"""The whole life of a few orders as a machine of rules: what people, gateways, banks and the clock may do in any order."""
