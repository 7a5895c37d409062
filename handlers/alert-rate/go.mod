module handlers/alert-rate

go 1.21
