"""The business data of the lab: a simulated screening service, its tables, servers, expected numbers and recording.

Everything here is simulated from a fixed seed, except the prediction ids that recent feedback points at.
"""
