# SPDX-License-Identifier: Apache-2.0
"""Measures the operator on a real API server: how fast, with how many requests, in how much memory."""
