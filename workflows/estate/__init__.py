"""The Estate: what is true beyond any run, who may change it, what is owed, and what closed runs leave."""
