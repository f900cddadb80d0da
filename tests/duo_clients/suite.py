"""Runs every test, then holds what they did against what there is to do."""

import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).parent


def main():
    loader, runner = unittest.TestLoader(), unittest.TextTestRunner()
    tried = runner.run(loader.discover(str(HERE), "test_*.py"))
    if not tried.wasSuccessful():
        return 1
    held = runner.run(loader.discover(str(HERE), "every_*.py"))
    return 0 if tried.testsRun and held.testsRun and held.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
