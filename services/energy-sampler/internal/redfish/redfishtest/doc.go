// Package redfishtest stands in for a management controller, over TLS, in both forms
// that a chassis may have: it wants an account, has sessions, serves resources by path
// and counts what it is asked.
//
// It promises that a request without the account or its session gets 401 and nothing
// else. It knows no more of Redfish than the sampler asks for.
package redfishtest
