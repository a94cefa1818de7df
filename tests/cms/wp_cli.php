<?php
// Run in the folder of WordPress: as WP-CLI, which no registry has, calls the commands of plugins: NAME WORDS --FLAG.
define( 'WP_CLI', true );
/** Keeps the commands, and says what they say. */
class WP_CLI {
	public static $commands = array();
	public static function add_command( $name, $run, $about = array() ) {
		self::$commands[ $name ] = $run;
	}
	public static function log( $text ) {
		echo $text, "\n";
	}
	public static function success( $text ) {
		echo 'Success: ', $text, "\n";
	}
	public static function error( $text ) {
		fwrite( STDERR, 'Error: ' . $text . "\n" );
		exit( 1 );
	}
}
// Within a function, as WP-CLI does.
function load_wordpress() {
	global $wpdb, $wp_version, $wp_db_version, $tinymce_version, $required_php_version, $required_mysql_version, $wp_local_package, $table_prefix, $blog_id;
	require getcwd() . '/wp-load.php';
}
load_wordpress();
$words = array();
$flags = array();
foreach ( array_slice( $argv, 1 ) as $word ) {
	if ( 0 === strpos( $word, '--' ) ) {
		$flags[ substr( $word, 2 ) ] = true;
	} else {
		$words[] = $word;
	}
}
$name = array_shift( $words ) . ' ' . array_shift( $words );
call_user_func( WP_CLI::$commands[ $name ], $words, $flags );
