<?php
// Run in the folder of WordPress by any version of PHP: walks through the plug-in, and prints as JSON what it found.
// Nothing leaves the machine: the server's answers are made here.
$recirc_found = array( 'php' => PHP_VERSION, 'complaints' => array(), 'seen' => array(), 'asked' => array() );
set_error_handler(
	function ( $kind, $text, $file, $line ) use ( &$recirc_found ) {
		if ( false !== strpos( $file, '/plugins/recirc/' ) ) {
			$recirc_found['complaints'][] = basename( $file ) . ":$line: $text";
		}
		return true;
	},
	E_ALL
);
$_SERVER['HTTP_HOST']      = parse_url( getenv( 'WP_URL' ), PHP_URL_HOST );
$_SERVER['REQUEST_METHOD'] = 'GET';
chdir( getenv( 'WP_FOLDER' ) );
require getenv( 'WP_FOLDER' ) . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/admin.php';
wp_set_current_user( 1 );

$item   = array( 'article' => 'a', 'url' => home_url( '/a/' ), 'headline' => 'Fish & "chips"', 'reason' => array( 'text' => 'About ferries' ), 'counts' => array( 'readers' => 7 ) );
$shelf  = array( 'items' => array( $item ) );
$answer = array(
	'article' => 'a',
	'shelves' => array( 'related' => $shelf, 'ranking' => $shelf, 'recommendation' => $shelf ),
	'titles'  => array( 'related' => 'More', 'ranking' => 'Most read', 'recommendation' => 'Next' ),
	'items'   => array( $item ),
	'counts'  => array( 'readers' => 9, 'views' => 12 ),
);
add_filter(
	'pre_http_request',
	function ( $unused, $parameters, $url ) use ( $answer, &$recirc_found ) {
		$recirc_found['asked'][ wp_parse_url( $url, PHP_URL_HOST ) ] = true;
		$code = strpos( $url, '/hooks/' ) ? 202 : 200;
		return array( 'headers' => array(), 'body' => wp_json_encode( $answer ), 'response' => array( 'code' => $code, 'message' => '' ), 'cookies' => array() );
	},
	10,
	3
);
delete_transient( 'recirc_tested_1' );
activate_plugin( 'recirc/recirc.php' );
update_option( 'recirc', array( 'server' => 'https://news.example', 'key' => 'sk_x', 'hook' => 'https://news.example/v1/hooks/x', 'secret' => 's', 'kinds' => array( 'related', 'ranking' ), 'no_cats' => 'quiet', 'no_tags' => 'still' ) );
delete_transient( recirc_most_read_place() );
do_action( 'init' );
$post = wp_insert_post( array( 'post_title' => 'Ferries', 'post_content' => 'A ferry.', 'post_status' => 'publish' ) );
foreach ( array( 'browser', 'server' ) as $render ) {
	foreach ( array( 'list', 'cards', 'strip' ) as $layout ) {
		$recirc_found['seen'][ "$render $layout" ] = do_shortcode( "[recirc kind=\"ranking\" render=\"$render\" layout=\"$layout\" thumbnails=\"yes\" heading=\"Ours\"]" );
	}
}
$pages = array(
	'settings' => function () {
		recirc_page();
	},
	'widget'   => function () {
		the_widget( 'Recirc_Widget', array( 'kind' => 'ranking', 'slots' => 3 ) );
		$widget = new Recirc_Widget();
		$widget->form( $widget->update( array( 'kind' => 'none', 'slots' => '90' ), array() ) );
	},
	'box'      => function () use ( $post ) {
		recirc_post_box( get_post( $post ) );
	},
	'column'   => function () use ( $post ) {
		do_action( 'manage_posts_custom_column', 'recirc', $post );
	},
	'dashboard' => function () {
		recirc_dashboard();
	},
	'block'    => function () {
		echo render_block( array( 'blockName' => 'recirc/shelf', 'attrs' => array( 'kind' => 'ranking' ), 'innerHTML' => '', 'innerBlocks' => array(), 'innerContent' => array() ) );
	},
);
foreach ( $pages as $name => $show ) {
	ob_start();
	$show();
	$recirc_found['seen'][ $name ] = ob_get_clean();
}
// The classic editor: what its box says is saved with the post; then anybody reads the picks, and nothing else of it.
$other = wp_insert_post( array( 'post_title' => 'Harbour', 'post_content' => 'A harbour.', 'post_status' => 'publish' ) );
$_POST = array( 'recirc_post_nonce' => wp_create_nonce( 'recirc_post' ), 'recirc_off' => '1', 'recirc_picks' => "$other, $post, x, $other" );
wp_update_post( array( 'ID' => $post, 'post_title' => 'Ferries again' ) );
$_POST = array();
$recirc_found['seen']['saved']   = wp_json_encode( array( get_post_meta( $post, '_recirc_off', true ), recirc_picks( $post ) === array( $other ) ) );
$recirc_found['seen']['figures'] = wp_json_encode( recirc_figures( $post ) );
wp_set_current_user( 0 );
$ours   = $post; // WordPress has a global of that name.
$public = rest_do_request( new WP_REST_Request( 'GET', "/wp/v2/posts/$post" ) )->get_data();
$post   = $ours;
wp_set_current_user( 1 );
$recirc_found['seen']['public']  = wp_json_encode( array( count( $public['recirc_picks'] ), strpos( wp_json_encode( $public ), '_recirc' ) ) );
$recirc_found['seen']['cleaned'] = wp_json_encode( recirc_cleaned( array( 'server' => 'https://news.example/', 'slots' => '50' ) ) );
$recirc_found['seen']['message'] = wp_json_encode( recirc_described( $post, 'update' ) );
$recirc_found['seen']['import']  = wp_json_encode( recirc_import( 0 ) );
$recirc_found['seen']['tested']  = wp_json_encode( recirc_connection() );
recirc_excluded( get_post( $post ) );
wp_trash_post( $post );
recirc_flush();
deactivate_plugins( 'recirc/recirc.php' );
uninstall_plugin( 'recirc/recirc.php' );
global $wpdb;
$recirc_found['left'] = (int) $wpdb->get_var( "SELECT COUNT(*) FROM {$wpdb->options} WHERE option_name LIKE '%recirc%'" )
	+ (int) $wpdb->get_var( "SELECT COUNT(*) FROM {$wpdb->postmeta} WHERE meta_key LIKE '%recirc%'" );
echo "\nRECIRC", wp_json_encode( $recirc_found ), "\n";
