<?php
/**
 * One shelf as HTML: the element that the embed script fills, or the whole list from this server.
 *
 * @package Recirc
 */

defined( 'ABSPATH' ) || exit;

/** Seconds that a shelf rendered on this server is kept. */
const RECIRC_KEPT = 60;

/** The attributes of a shelf, with the settings where none are given. */
function recirc_shelf_attributes( $given ) {
	$wanted               = shortcode_atts(
		array(
			'kind'       => 'related',
			'slots'      => recirc_option( 'slots' ),
			'layout'     => recirc_option( 'layout' ),
			'thumbnails' => recirc_option( 'thumbnails' ) ? 'yes' : 'no',
			'heading'    => '',
			'render'     => recirc_option( 'render' ),
		),
		(array) $given,
		'recirc'
	);
	$wanted['kind']       = array_key_exists( $wanted['kind'], recirc_kinds() ) ? $wanted['kind'] : sanitize_key( $wanted['kind'] );
	$wanted['slots']      = max( 1, min( 20, (int) $wanted['slots'] ) );
	$wanted['layout']     = in_array( $wanted['layout'], array( 'list', 'cards', 'strip' ), true ) ? $wanted['layout'] : 'list';
	$wanted['thumbnails'] = ! in_array( $wanted['thumbnails'], array( 'no', '0', '', false, 0 ), true );
	return $wanted;
}

/** A shelf; empty where there can be none: without a server, and Related where there is no single post. */
function recirc_shelf( $given = array() ) {
	if ( ! recirc_option( 'server' ) ) {
		return '';
	}
	$wanted = recirc_shelf_attributes( $given );
	$url    = is_singular() || ( defined( 'REST_REQUEST' ) && REST_REQUEST && get_the_ID() ) ? get_permalink() : '';
	if ( 'related' === $wanted['kind'] && ! $url ) {
		return '';
	}
	// An editor's preview has no script of ours.
	$here = 'server' === $wanted['render'] || ( defined( 'REST_REQUEST' ) && REST_REQUEST ) || is_feed();
	return $here ? recirc_shelf_list( $wanted, $url ) : recirc_shelf_element( $wanted, $url );
}

/** The element that the embed script fills. */
function recirc_shelf_element( $wanted, $url ) {
	wp_enqueue_script( 'recirc' );
	$attributes = array(
		'kind'   => $wanted['kind'],
		'slots'  => $wanted['slots'],
		'server' => recirc_option( 'server' ),
		'key'    => recirc_option( 'key' ),
	);
	if ( 'list' !== $wanted['layout'] ) {
		$attributes['layout'] = $wanted['layout'];
	}
	if ( $wanted['heading'] ) {
		$attributes['heading'] = $wanted['heading'];
	}
	if ( $url ) {
		$attributes['url'] = $url;
	}
	if ( recirc_uncounted() ) {
		$attributes['events'] = 'none';
	}
	$html = '<recirc-shelf';
	foreach ( $attributes as $name => $value ) {
		$html .= ' ' . $name . '="' . esc_attr( $value ) . '"';
	}
	return $html . ( $wanted['thumbnails'] ? ' thumbnails' : '' ) . '></recirc-shelf>';
}

/** Whether the reader is one of the newsroom's own, whose visits do not count. */
function recirc_uncounted() {
	return is_user_logged_in() && array_intersect( wp_get_current_user()->roles, (array) recirc_option( 'no_roles' ) );
}

/** The list, with the theme's own thumbnails; kept for a minute. */
function recirc_shelf_list( $wanted, $url ) {
	$place = 'recirc_' . md5( wp_json_encode( array( $wanted, $url, determine_locale(), recirc_option( 'server' ) ) ) );
	$html  = get_transient( $place );
	if ( false === $html ) {
		$html = recirc_shelf_made( $wanted, $url );
		set_transient( $place, $html, RECIRC_KEPT );
	}
	return $html;
}

/** The list, anew. */
function recirc_shelf_made( $wanted, $url ) {
	$request = array(
		'shelf' => array( $wanted['kind'] ),
		'slots' => $wanted['slots'],
		'lang'  => str_replace( '_', '-', determine_locale() ),
	);
	if ( $url ) {
		$request['url'] = $url;
	}
	$told = recirc_ask( $request );
	if ( is_wp_error( $told ) || empty( $told['shelves'][ $wanted['kind'] ]['items'] ) ) {
		return '';
	}
	$title = $wanted['heading'] ? $wanted['heading'] : $told['titles'][ $wanted['kind'] ];
	$html  = '<section class="recirc-shelf recirc-' . esc_attr( $wanted['layout'] ) . '"><h2>' . esc_html( $title ) . '</h2><ul>';
	foreach ( $told['shelves'][ $wanted['kind'] ]['items'] as $item ) {
		$html .= recirc_shelf_item( $item, $wanted['thumbnails'], isset( $told['words']['language'] ) ? $told['words']['language'] : 'en' );
	}
	return $html . '</ul></section>';
}

/** One item of the list; its reason is in the language $lang. */
function recirc_shelf_item( $item, $thumbnails, $lang ) {
	$picture = '';
	$post    = $thumbnails ? url_to_postid( $item['url'] ) : 0;
	if ( $post && has_post_thumbnail( $post ) ) {
		$picture = get_the_post_thumbnail( $post, 'thumbnail', array( 'alt' => '' ) );
	} elseif ( $thumbnails && ! empty( $item['picture'] ) ) {
		$picture = '<img src="' . esc_url( $item['picture']['src'] ) . '" alt="" loading="lazy" width="150">';
	}
	return '<li><a href="' . esc_url( $item['url'] ) . '">' . $picture . esc_html( $item['headline'] ) . '</a>'
		. '<p lang="' . esc_attr( $lang ) . '">' . esc_html( $item['reason']['text'] ) . '</p></li>';
}

add_action(
	'init',
	function () {
		if ( recirc_option( 'server' ) ) {
			wp_register_script( 'recirc', recirc_address( 'embed.js' ), array(), null, true ); // phpcs:ignore WordPress.WP.EnqueuedResourceParameters.MissingVersion -- the server's own caching.
			add_shortcode( 'recirc', 'recirc_shelf' );
		}
	}
);

// It changes nothing until it has run, and no other script waits for it.
add_filter(
	'script_loader_tag',
	function ( $tag, $handle ) {
		return 'recirc' === $handle ? str_replace( ' src=', ' async data-no-optimize="1" data-cfasync="false" src=', $tag ) : $tag;
	},
	10,
	2
);
