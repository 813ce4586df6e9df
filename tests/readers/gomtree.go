// SPDX-License-Identifier: GPL-2.0-or-later

// Command gomtree holds the directory ARGV[2] against the manifest ARGV[1], by
// every keyword that this has, and says what is different.
package main

import (
	"fmt"
	"os"

	"github.com/vbatts/go-mtree"
)

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	spec, err := mtree.ParseSpec(file)
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	found, err := mtree.Check(os.Args[2], spec, nil, nil)
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	for _, difference := range found {
		fmt.Println(difference)
	}
	if len(found) > 0 {
		os.Exit(1)
	}
}
