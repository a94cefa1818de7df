<?php
// Reads the files that it is given as PHP of this version, and prints a dot for each.
foreach ( array_slice( $argv, 1 ) as $f ) { token_get_all( file_get_contents( $f ), TOKEN_PARSE ); echo '.'; }
