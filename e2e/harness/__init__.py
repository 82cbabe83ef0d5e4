# SPDX-License-Identifier: Apache-2.0
"""Starts the real parts and the simulators around the operator, for scenarios that read the end state outside."""
