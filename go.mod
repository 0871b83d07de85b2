module plectica

go 1.26
