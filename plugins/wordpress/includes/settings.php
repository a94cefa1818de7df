<?php
/**
 * The page with the settings.
 *
 * @package Recirc
 */

defined( 'ABSPATH' ) || exit;

add_action(
	'admin_menu',
	function () {
		add_options_page( 'Recirc', 'Recirc', 'manage_options', 'recirc', 'recirc_page' );
	}
);

add_action(
	'admin_init',
	function () {
		register_setting(
			'recirc',
			'recirc',
			array(
				'type'              => 'object',
				'sanitize_callback' => 'recirc_cleaned',
			)
		);
	}
);

add_filter(
	'plugin_action_links_' . plugin_basename( RECIRC_FILE ),
	function ( $links ) {
		array_unshift( $links, '<a href="' . esc_url( admin_url( 'options-general.php?page=recirc' ) ) . '">' . esc_html__( 'Settings', 'recirc' ) . '</a>' );
		return $links;
	}
);

/** What is kept of what was sent. */
function recirc_cleaned( $given ) {
	$given = (array) $given;
	$text  = function ( $name ) use ( $given ) {
		return isset( $given[ $name ] ) ? trim( sanitize_text_field( $given[ $name ] ) ) : '';
	};
	$among = function ( $name, $known ) use ( $given ) {
		return array_values( array_intersect( isset( $given[ $name ] ) ? (array) $given[ $name ] : array(), $known ) );
	};
	return array(
		'server'     => untrailingslashit( esc_url_raw( $text( 'server' ) ) ),
		'key'        => $text( 'key' ),
		'hook'       => recirc_cleaned_hook( $text( 'hook' ) ),
		'secret'     => $text( 'secret' ),
		'types'      => $among( 'types', get_post_types( array( 'public' => true ) ) ),
		'kinds'      => $among( 'kinds', array_keys( recirc_kinds() ) ),
		'slots'      => max( 1, min( 20, (int) $text( 'slots' ) ) ),
		'layout'     => in_array( $text( 'layout' ), array( 'list', 'cards', 'strip' ), true ) ? $text( 'layout' ) : 'list',
		'thumbnails' => ! empty( $given['thumbnails'] ),
		'render'     => 'server' === $text( 'render' ) ? 'server' : 'browser',
		'no_posts'   => $text( 'no_posts' ),
		'no_cats'    => $text( 'no_cats' ),
		'no_tags'    => $text( 'no_tags' ),
		'no_roles'   => $among( 'no_roles', array_keys( wp_roles()->roles ) ),
	);
}

/** The webhook: its address, or its path, which "recirc sources list" shows and which stays one, whatever the server is. */
function recirc_cleaned_hook( $given ) {
	if ( '' === $given || 0 === strpos( $given, RECIRC_HOOKS ) ) {
		return $given;
	}
	if ( preg_match( '#^https?://#i', $given ) ) {
		return esc_url_raw( $given );
	}
	add_settings_error( 'recirc', 'hook', __( 'The webhook is neither an address nor a path that begins with /v1/hooks/.', 'recirc' ) );
	return '';
}

/** One field of text. */
function recirc_text_field( $name, $label, $help, $type = 'text' ) {
	$fixed = defined( 'RECIRC_' . strtoupper( $name ) );
	$help  = $fixed ? __( 'Set in wp-config.php.', 'recirc' ) : $help;
	printf(
		'<tr><th scope="row"><label for="recirc-%1$s">%2$s</label></th><td><input class="regular-text" id="recirc-%1$s" name="recirc[%1$s]" type="%3$s" value="%4$s" aria-describedby="recirc-%1$s-help" %5$s><p class="description" id="recirc-%1$s-help">%6$s</p></td></tr>',
		esc_attr( $name ),
		esc_html( $label ),
		esc_attr( $type ),
		esc_attr( recirc_option( $name ) ),
		disabled( $fixed, true, false ),
		esc_html( $help )
	);
}

/** A group of boxes to tick. */
function recirc_boxes( $name, $label, $choices ) {
	printf( '<tr><th scope="row">%1$s</th><td><fieldset><legend class="screen-reader-text">%1$s</legend>', esc_html( $label ) );
	foreach ( $choices as $value => $title ) {
		printf(
			'<label><input type="checkbox" name="recirc[%s][]" value="%s" %s> %s</label><br>',
			esc_attr( $name ),
			esc_attr( $value ),
			checked( in_array( $value, (array) recirc_option( $name ), true ), true, false ),
			esc_html( $title )
		);
	}
	echo '</fieldset></td></tr>';
}

/** A list to choose one from. */
function recirc_choice( $name, $label, $choices ) {
	printf( '<tr><th scope="row"><label for="recirc-%1$s">%2$s</label></th><td><select id="recirc-%1$s" name="recirc[%1$s]">', esc_attr( $name ), esc_html( $label ) );
	foreach ( $choices as $value => $title ) {
		printf( '<option value="%s" %s>%s</option>', esc_attr( $value ), selected( recirc_option( $name ), $value, false ), esc_html( $title ) );
	}
	echo '</select></td></tr>';
}

/** The page. */
function recirc_page() {
	$types = wp_list_pluck( get_post_types( array( 'public' => true ), 'objects' ), 'label', 'name' );
	echo '<div class="wrap"><h1>Recirc</h1><form action="options.php" method="post">';
	settings_fields( 'recirc' );
	echo '<h2>' . esc_html__( 'Connection', 'recirc' ) . '</h2><table class="form-table" role="presentation">';
	recirc_text_field( 'server', __( 'Server', 'recirc' ), __( 'The address of your Recirc server, such as https://news.example.', 'recirc' ), 'url' );
	/* translators: %s: a command. */
	recirc_text_field( 'key', __( 'Site key', 'recirc' ), sprintf( __( 'Printed on the server by: %s', 'recirc' ), 'recirc key create wordpress --site ' . recirc_origin() ) ); // phpcs:ignore WordPress.WP.CapitalPDangit -- a command.
	/* translators: %s: a command. */
	recirc_text_field( 'hook', __( 'Webhook', 'recirc' ), sprintf( __( 'Shown on the server by "recirc sources list", after: %s', 'recirc' ), 'recirc sources add ' . home_url() . ' --secret SECRET' ) );
	recirc_text_field( 'secret', __( 'Secret', 'recirc' ), __( 'The SECRET of that command.', 'recirc' ), 'password' );
	echo '</table><h2>' . esc_html__( 'Shelves beneath posts', 'recirc' ) . '</h2><table class="form-table" role="presentation">';
	recirc_boxes( 'types', __( 'Beneath', 'recirc' ), $types );
	recirc_boxes( 'kinds', __( 'Shelves', 'recirc' ), recirc_kinds() );
	recirc_text_field( 'slots', __( 'Items', 'recirc' ), __( '1 to 20', 'recirc' ), 'number' );
	recirc_choice(
		'layout', __( 'Layout', 'recirc' ), array(
			'list'  => __( 'List', 'recirc' ),
			'cards' => __( 'Cards', 'recirc' ),
			'strip' => __( 'Strip', 'recirc' ),
		)
	);
	printf(
		'<tr><th scope="row">%s</th><td><label><input type="checkbox" name="recirc[thumbnails]" value="1" %s> %s</label></td></tr>',
		esc_html__( 'Thumbnails', 'recirc' ),
		checked( recirc_option( 'thumbnails' ), true, false ),
		esc_html__( 'Show the pictures of posts', 'recirc' )
	);
	recirc_choice(
		'render', __( 'Made', 'recirc' ), array(
			'browser' => __( 'in the browser: counted, always current', 'recirc' ),
			'server'  => __( 'on this server: without a script, kept for a minute, not counted', 'recirc' ),
		)
	);
	echo '</table><h2>' . esc_html__( 'Exceptions', 'recirc' ) . '</h2><table class="form-table" role="presentation">';
	recirc_text_field( 'no_posts', __( 'Not beneath posts', 'recirc' ), __( 'Numbers, with commas.', 'recirc' ) );
	recirc_text_field( 'no_cats', __( 'Not in categories', 'recirc' ), __( 'Slugs, with commas.', 'recirc' ) );
	recirc_text_field( 'no_tags', __( 'Not with tags', 'recirc' ), __( 'Slugs, with commas.', 'recirc' ) );
	recirc_boxes( 'no_roles', __( 'Do not count', 'recirc' ), array_map( 'translate_user_role', wp_roles()->get_names() ) );
	echo '</table>';
	submit_button();
	echo '</form>';
	recirc_connection_box();
	recirc_import_box();
	echo '</div>';
}
