// Package emission prices energy: in grams of CO2 equivalent, in litres of
// water, for the whole facility.
//
// It promises that every factor says where it came from (place, publisher, year),
// that a place nobody publishes a figure for is an error with the nearest known
// ones and never a silent average, and that units cannot be mixed up: each is a
// type of its own.
//
// It does not measure, and does not guess a location from an address. PUE and WUE
// are the user's numbers; nothing is looked up for them.
//
// # The figures
//
// intensity.csv holds yearly averages of life-cycle or direct intensity as their
// publishers give them, collected from the data that CodeCarbon ships, in our own
// format. Mind the vintage: US states are of 2016 (EPA eGRID) while the country
// is recent, so naming a state changes the year as well as the place. What a
// figure is worth is on the result, through its source and year.
package emission
