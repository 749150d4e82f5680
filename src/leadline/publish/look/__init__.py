"""The house look that every rendering shares: colours and sizes, how a chart is drawn, how text fits a terminal."""
