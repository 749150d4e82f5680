"""`python -m leadline` is the program `leadline`."""

from leadline.cli.main import main

if __name__ == "__main__":
    main()
