<?php
// PHP_CodeSniffer as Debian packs it, run by a PHP that does not look where Debian has its libraries.
set_include_path( '/usr/share/php' );
require 'PHP/CodeSniffer/autoload.php';
$runner = new PHP_CodeSniffer\Runner();
exit( $runner->runPHPCS() );
