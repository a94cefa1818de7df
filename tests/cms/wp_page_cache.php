<?php
// A page cache as caching plugins install one (wp-content/advanced-cache.php): whole pages of readers who are not logged
// in are kept as they were made first, for ever.
defined( 'ABSPATH' ) || exit;
if ( isset( $_SERVER['REQUEST_METHOD'] ) && 'GET' === $_SERVER['REQUEST_METHOD'] && empty( $_COOKIE ) && false === strpos( $_SERVER['REQUEST_URI'], 'wp-' ) && empty( $_GET ) ) {
	$recirc_kept = __DIR__ . '/page-' . md5( $_SERVER['REQUEST_URI'] );
	if ( is_file( $recirc_kept ) ) {
		header( 'X-Page-Cache: kept' );
		readfile( $recirc_kept );
		exit;
	}
	header( 'X-Page-Cache: made' );
	ob_start(
		function ( $html ) use ( $recirc_kept ) {
			file_put_contents( $recirc_kept, $html );
			return $html;
		}
	);
}
