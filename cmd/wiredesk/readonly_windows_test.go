package main

import "os/exec"

func asOrdinaryUser(*exec.Cmd) {}
