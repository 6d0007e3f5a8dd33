// Package web serves results over HTTP: GET /runs, /runs/{id} and
// /runs/{id}/requests.csv.
//
// It promises the same answer from every replica, because it reads the results
// that are on the streams and not the files of whoever wrote them. It is for
// reading only, and has no users: the listener decides who may come.
package web
