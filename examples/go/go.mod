module example.org/listbackups

go 1.19
