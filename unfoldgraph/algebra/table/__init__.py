"""The operator table: its rows, what their columns are, and the laws and rules that rows are made of."""
