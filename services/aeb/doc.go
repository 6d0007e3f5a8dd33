package aeb
