"""`python -m supportpolicy`."""

from supportpolicy.cli import main

if __name__ == "__main__":
    main()
